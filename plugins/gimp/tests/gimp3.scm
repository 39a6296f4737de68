; What differs between the versions of Script-Fu: this is GIMP 3's side, gimp2.scm the other.

(script-fu-use-v3)

; The only value of a procedure's result.
(define (one result) result)

(define (load-image path) (gimp-file-load RUN-NONINTERACTIVE path))
(define (load-layer image path) (gimp-file-load-layer RUN-NONINTERACTIVE image path))
(define (save-xcf image path) (gimp-file-save RUN-NONINTERACTIVE image path))
; With a profile, for without one linear images are saved as others.
(define (save-tiff image path)
  (file-tiff-export #:run-mode RUN-NONINTERACTIVE #:image image #:file path
                    #:include-color-profile #t))
(define (item-name item) (gimp-item-get-name item))
(define (image-of item) (gimp-item-get-image item))
(define (layer-count image) (vector-length (gimp-image-get-layers image)))
(define (position-of image item) (gimp-image-get-item-position image item))
(define (first-layer image) (vector-ref (gimp-image-get-layers image) 0))
